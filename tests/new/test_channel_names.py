"""Channels of images by the names of their files and folders."""

from pathlib import Path

import pytest

from cytoforge.new.channel_names import channel_files


@pytest.mark.parametrize(
    ("names", "images", "channels"),
    [
        (["01_P2_D", "01_P2_F", "01_P7_D", "01_P7_F"], ["01_P2", "01_P7"], ["D", "F"]),
        (["A01f00d0", "A01f00d1"], ["A01f00"], ["d0", "d1"]),
        (["well_t0", "well_t24"], None, None),
        (["a_D", "a_F", "b_D"], None, None),
        (["0", "1", "10"], None, None),
        # ImageXpress with a file's identifier, CellVoyager, IN Cell, ImageJ's split, Zen, folders.
        (
            [f"A01_s1_w{n}0123ABCD-12EF-4A5B-9C0D-01145678{n}ABC" for n in "12"],
            ["A01_s1"],
            ["w1", "w2"],
        ),
        (["A01_F001L01A01Z01C01", "A01_F001L01A01Z01C02"], ["A01_F001L01A01Z01"], ["C01", "C02"]),
        (
            ["A - 1(fld 2 wv UV - DAPI)", "A - 1(fld 2 wv Cy3 - Cy3)"],
            ["A - 1(fld 2)"],
            ["DAPI", "Cy3"],
        ),
        (["C1-field01", "C2-field01"], ["field01"], ["C1", "C2"]),
        (["Snap-1_c1_ORG", "Snap-1_c2_ORG"], ["Snap-1"], ["c1", "c2"]),
        (["DAPI/a1", "DAPI/a2", "pH3/a1", "pH3/a2"], ["a1", "a2"], ["DAPI", "pH3"]),
        (["day1/a1", "day1/a2", "day2/a1", "day2/a2"], None, None),
        # MetaMorph, Micro-Manager, Opera's time courses, a folder per well, a folder per time.
        (
            [f"exp_w{w}_s{s}_t1" for s in "12" for w in ("1DAPI", "2Cy3")],
            ["exp_s1_t1", "exp_s2_t1"],
            ["w1DAPI", "w2Cy3"],
        ),
        (
            [f"img_channel00{c}_position000_time000" for c in "01"],
            ["img_position000_time000"],
            ["channel000", "channel001"],
        ),
        (
            [f"r01c01f01p01-ch{c}sk{t}fk1fl1" for t in "12" for c in "12"],
            ["r01c01f01p01sk1fk1fl1", "r01c01f01p01sk2fk1fl1"],
            ["ch1", "ch2"],
        ),
        (["A01/DAPI", "A01/Actin", "A02/DAPI", "A02/Actin"], ["A01", "A02"], ["DAPI", "Actin"]),
        (
            [f"TimePoint_{t}/exp_A01_s1_w{w}" for t in "12" for w in "12"],
            ["TimePoint_1_exp_A01_s1", "TimePoint_2_exp_A01_s1"],
            ["w1", "w2"],
        ),
        # Times and treatments are no channels.
        ([f"VID12_A{n}_00d0{h}h00m" for n in "12" for h in "05"], None, None),
        (["A1_0min", "A1_60min"], None, None),
        (["W1_before", "W1_after", "W2_before", "W2_after"], None, None),
        (["A01/actin_1", "A01/actin_2", "A02/actin_1", "A02/actin_2"], None, None),
        # One image of four without one of its channels is left out.
        (["a_D", "a_F", "b_D", "b_F", "c_D", "c_F", "d_D"], ["a", "b", "c"], ["D", "F"]),
    ],
)
def test_channels_by_names(names, images, channels):
    found = channel_files([Path(f"{name}.tif") for name in names])
    assert (found and list(found)) == images
    assert not found or list(next(iter(found.values()))) == channels
