"""Time to write an animated GIF, compared with matplotlib's FuncAnimation and PillowWriter.

Both draw the same path on the same surface, with the same size and number of frames.

    python benchmarks/bench_gif.py [--repeat 30]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import torch
from matplotlib.animation import FuncAnimation, PillowWriter

import optgallery as og
from optgallery.render.animation import animate
from optgallery.render.still import still
from optgallery.render.surface import surface


def with_matplotlib(trajectory: og.Trajectory, path: Path, size: int, frames: int) -> None:
    """Write the GIF as in matplotlib's documentation: update artists, redraw every frame."""
    figure = plt.figure(figsize=(size / 100, size / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    sample = surface(trajectory.test_fn, 100)
    domain = trajectory.test_fn.domain
    axes.imshow(sample.tone, extent=domain, origin="lower", aspect="auto")
    axes.contour(sample.x, sample.y, sample.tone, levels=10, colors="#FFFFFF7F", linewidths=0.7)
    x, y = trajectory.points.T
    axes.set(xlim=domain[:2], ylim=domain[2:])
    axes.plot(x[0], y[0], "o", color="#5050FF7F")
    (line,) = axes.plot([], [], color="#FF0000FF")
    (end,) = axes.plot([], [], "o", color="#FF5050FF")
    steps = [round(i * (len(x) - 1) / (frames - 1)) for i in range(frames)]

    def update(step: int) -> tuple[plt.Line2D, plt.Line2D]:
        line.set_data(x[: step + 1], y[: step + 1])
        end.set_data(x[step : step + 1], y[step : step + 1])
        return line, end

    FuncAnimation(figure, update, steps, blit=True).save(path, PillowWriter(fps=25))
    plt.close(figure)


def median(function: Callable[[], object], repeat: int) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Measure, and print one line for each method and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=30, help="calls of animate() to time")
    repeat = parser.parse_args().repeat
    torch.set_num_threads(1)

    trajectory = og.run("adamw", "beale", lr=0.1)
    three = [og.run("adamw", "beale", lr=lr) for lr in (0.01, 0.1, 1.0)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "beale.gif")
        with_matplotlib(trajectory, file, 400, 100)
        slow = median(lambda: with_matplotlib(trajectory, file, 400, 100), 3)
        weight = file.stat().st_size
        print(f"matplotlib, 400 px, 100 frames        {slow:8.1f} ms {weight / 1e3:7.1f} kB")

        cold = median(lambda: animate(trajectory).save(file), 1)
        print(f"animate(), the same, first call       {cold:8.1f} ms")
        fast = median(lambda: animate(trajectory).save(file), repeat)
        weight = file.stat().st_size
        print(f"animate(), the same, warm             {fast:8.1f} ms {weight / 1e3:7.1f} kB")
        print(f"    {slow / fast:.0f} times faster than matplotlib")

        for name, shown, size, frames in (
            ("animate(), 160 px, 40 frames", trajectory, 160, 40),
            ("animate(), three panels of 400 px", three, 400, 100),
        ):
            animate(shown, size=size, frames=frames).gif()
            fast = median(
                lambda s=shown, n=size, k=frames: animate(s, size=n, frames=k).gif(), repeat
            )
            weight = len(animate(shown, size=size, frames=frames).gif())
            print(f"{name:37} {fast:8.1f} ms {weight / 1e3:7.1f} kB")
        poster = animate(trajectory, size=160)
        fast = median(poster.png, repeat)
        print(f"{'poster, 160 px, PNG':37} {fast:8.1f} ms {len(poster.png()) / 1e3:7.1f} kB")
    draw_cells()


def draw_cells() -> None:
    """Draw cells of matrices, with PNGs and with paths, and print the processor time for each."""
    functions = ["sphere", "rosenbrock", "beale", "himmelblau", "rastrigin", "langermann"]
    runs = list(og.sweep(["adamw", "sgd"], functions, jobs=1).values())
    cells = {
        "GIF and PNG": lambda cell: (cell.gif(), cell.png()),
        "GIF and path": lambda cell: (cell.gif(), still(cell.trajectories[0], 240)),
        "GIF alone": lambda cell: cell.gif(),
    }
    seconds = {}
    for _ in range(2):  # the first time, backgrounds are drawn
        for name, draw in cells.items():
            start = time.process_time()
            for run in runs:
                draw(animate(run, size=240, frames=36))
            seconds[name] = time.process_time() - start
    for name, passed in seconds.items():
        share = passed / seconds["GIF and PNG"]
        print(f"a cell of a matrix, {name:17} {1e3 * passed / len(runs):8.1f} ms {share:7.2f} x")


if __name__ == "__main__":
    main()
