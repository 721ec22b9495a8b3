"""`python warm_client.py ADDRESS SCRIPT`: a script, run by a fork of `warm_jobs.py`.

It stands where a run starts Python for a rule's script: under the shell, with the variables, folder
and open files that Snakemake gives a script; the fork takes them over. It starts for each script,
and so imports next to nothing.
"""

import json
import os
import socket
import sys


def start_script(address: str, script: str) -> int:
    """Let the server run a script; return its exit code."""
    folder = os.getcwd()  # noqa: PTH109  pathlib would be half of the time
    order = {"script": script, "folder": folder, "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        socket.send_fds(server, [json.dumps(order).encode()], [0, 1, 2])
        said = server.recv(16)
    if not said:
        print("the server of warm jobs has ended", file=sys.stderr)
    return int(said or 1)


if __name__ == "__main__":
    sys.exit(start_script(*sys.argv[1:]))
