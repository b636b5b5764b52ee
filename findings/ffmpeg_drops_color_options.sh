#!/usr/bin/env bash
# ffmpeg n9.0.2, as in imageio-ffmpeg 0.8.1: the output options -color_primaries and -color_trc are
# dropped without a warning, while -colorspace beside them is kept. ffmpeg 7.0.2, as in
# imageio-ffmpeg 0.6.0, kept all three. Seen for a video of raw RGB frames: 7.0.2 writes
# "yuv420p(tv, bt709, progressive)", n9.0.2 "yuv420p(tv, bt709/unknown/unknown, progressive)". The
# filter setparams=color_primaries=bt709:color_trc=bt709 sets them in both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 0.6.0 0.8.1; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet "imageio-ffmpeg==$version"
    "$folder/$version/bin/python" - >> "$folder/seen" <<'PYTHON'
import re
import subprocess
import tempfile

from imageio_ffmpeg import get_ffmpeg_exe, get_ffmpeg_version

FFMPEG = get_ffmpeg_exe()
RAW = "-f rawvideo -pix_fmt rgb24 -video_size 64x64 -framerate 25 -i -".split()
OPTIONS = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv".split()
FILTER = "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709"


def tags(*arguments):
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        command = [FFMPEG, "-v", "warning", "-y", *RAW, *arguments, "-pix_fmt", "yuv420p", file.name]
        warned = subprocess.run(command, input=bytes(64 * 64 * 3 * 5), capture_output=True, check=True)
        assert not warned.stderr, warned.stderr
        said = subprocess.run([FFMPEG, "-i", file.name], capture_output=True, text=True).stderr
    return re.search(r"yuv420p\([^)]*\)", said)[0]


print(get_ffmpeg_version(), "| options:", tags(*OPTIONS), "| filter:", tags("-vf", FILTER))
PYTHON
done
cat "$folder/seen"
kept='yuv420p(tv, bt709, progressive)'
[ "$(grep -cF "| filter: $kept" "$folder/seen")" = 2 ]
head -1 "$folder/seen" | grep -qF "| options: $kept"
tail -1 "$folder/seen" | grep -qF '| options: yuv420p(tv, bt709/unknown/unknown, progressive)'
