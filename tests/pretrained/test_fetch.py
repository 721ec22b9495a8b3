"""A file is fetched whole, or it is said why not: no server can hold a run up."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cytoforge.pretrained.fetch import fetch

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(CONTENT)
Answer = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Start a server that answers its requests in turn; the last answer stays."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    done = threading.Event()
    threads = []

    def work(answers: tuple[Answer, ...]) -> None:
        for number in range(100):
            while not done.is_set():
                try:
                    connection, _ = listening.accept()
                    break
                except TimeoutError:
                    continue
            else:
                return
            with connection:
                connection.recv(4096)
                answers[min(number, len(answers) - 1)](connection)

    def start(*answers: Answer) -> str:
        threads.append(threading.Thread(target=work, args=(answers,), daemon=True))
        threads[0].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/tiny.pth"

    yield start
    done.set()
    threads[0].join()
    listening.close()


def whole(connection: socket.socket) -> None:
    connection.sendall(HEAD + CONTENT)


def half(connection: socket.socket) -> None:
    connection.sendall(HEAD + CONTENT[: len(CONTENT) // 2])


def silent(connection: socket.socket) -> None:
    time.sleep(1.5)


def silent_after_its_head(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    time.sleep(0.4)


def trickling(connection: socket.socket) -> None:
    try:
        connection.sendall(HEAD)
        for byte in CONTENT[:40]:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    except OSError:  # nobody listens any more
        pass


def absent(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def busy(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")


def test_a_file_arrives(tmp_path: Path, serve: Callable[..., str]):
    fetch(serve(whole), tmp_path / "tiny.pth", SHA256)
    assert (tmp_path / "tiny.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [silent, silent_after_its_head, trickling])
def test_a_server_that_says_nothing_is_given_up(
    tmp_path: Path, serve: Callable[..., str], answer: Answer
):
    with pytest.raises(OSError, match=r"seconds|timed out") as said:
        fetch(serve(answer), tmp_path / "tiny.pth", SHA256, patience_s=0.2, attempts=1)
    assert "0.2" in str(said.value) or "timed out" in str(said.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("answer", [silent, half, busy])
def test_another_attempt_is_made(
    tmp_path: Path, serve: Callable[..., str], answer: Answer, capsys: pytest.CaptureFixture[str]
):
    patience_s = 1 if answer is silent else 60  # a busy machine is slow to answer
    fetch(serve(answer, whole), tmp_path / "tiny.pth", SHA256, patience_s=patience_s)
    assert (tmp_path / "tiny.pth").read_bytes() == CONTENT
    assert "trying again (2 of 3)" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_asked_for_once(tmp_path: Path, serve: Callable[..., str]):
    with pytest.raises(OSError, match=r"^HTTP Error 404: Not Found$"):
        fetch(serve(absent, whole), tmp_path / "tiny.pth", SHA256)


def test_another_file_is_thrown_away(tmp_path: Path, serve: Callable[..., str]):
    with pytest.raises(OSError, match="its sha256 is"):
        fetch(serve(whole), tmp_path / "tiny.pth", "0" * 64, attempts=1)
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        fetch(f"http://127.0.0.1:{port}/x", tmp_path / "x", SHA256, attempts=1)
