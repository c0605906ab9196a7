"""A training step of a flow: FlowFeatures beside the same couplings of zuko in the loop of zuko's own tutorial.

    pip install zuko
    python -m bench.flow_step --data DIR [--sets pendigits waveform MAGIC] [--epochs 20] [--runs 3]

Both are eight affine couplings with hidden layers of 128 and 128, in float32, on columns standardised, with batches of
200 of two thirds of the rows. The tutorial's loop is a DataLoader that shuffles, log_prob, backward, a step of Adam at
1e-3. Ours is the whole fit, with what zuko's flow lacks: a spline for each column, rotations between couplings, a
falling rate. Runs take turns; times are medians, the ratio is the median over runs. The densities are those of the
third of the rows that neither saw, columns standardised; on pendigits, whose values are integers, ours are of cells.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

from bench.accuracy.protocol import print_header, print_row, tables
from semigen import FlowFeatures

COUPLINGS, HIDDEN, ROWS = 8, (128, 128), 200


def of_zuko(X: np.ndarray, X_test: np.ndarray, epochs: int) -> tuple[float, float]:
    """Milliseconds a step, and mean log p(x) of test rows."""
    import zuko

    torch.manual_seed(0)
    flow = zuko.flows.NICE(X.shape[1], transforms=COUPLINGS, hidden_features=HIDDEN)
    optimizer = torch.optim.Adam(flow.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(torch.from_numpy(X)), batch_size=ROWS, shuffle=True, drop_last=True)
    began = time.perf_counter()
    for _ in range(epochs):
        for (x,) in loader:
            loss = -flow().log_prob(x).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    milliseconds = 1000 * (time.perf_counter() - began) / (epochs * len(loader))
    with torch.no_grad():
        return milliseconds, float(flow().log_prob(torch.from_numpy(X_test)).mean())


def of_semigen(X: np.ndarray, X_test: np.ndarray, epochs: int) -> tuple[float, float]:
    """The same of FlowFeatures, its whole fit counted."""
    flow = FlowFeatures(
        COUPLINGS, HIDDEN, input_noise=0.0, batch_size=ROWS, max_epochs=epochs, device="cpu", random_state=0
    )
    began = time.perf_counter()
    flow.fit(X)
    milliseconds = 1000 * (time.perf_counter() - began) / (epochs * (len(X) // ROWS))
    return milliseconds, flow.score(X_test)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="+", default=["pendigits", "waveform", "MAGIC"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread, {given.epochs} epochs, {given.runs} runs\n")
    print_header(["set", "zuko, ms a step", "semigen, ms a step", "ratio", "zuko, log p(x)", "semigen, log p(x)"])
    for name, X, codes in tables(given.sets, given.data):
        rows, tested = train_test_split(X, test_size=1 / 3, stratify=codes, random_state=0)
        centre, scale = rows.mean(axis=0), rows.std(axis=0)
        standard, standard_test = (((some - centre) / scale).astype(np.float32) for some in (rows, tested))
        runs = [(of_zuko(standard, standard_test, given.epochs), of_semigen(standard, standard_test, given.epochs))
                for _ in range(given.runs)]  # fmt: skip
        theirs, ours = (statistics.median(run[i][0] for run in runs) for i in (0, 1))
        ratio = statistics.median(run[0][0] / run[1][0] for run in runs)
        densities = [f"{runs[-1][i][1]:.2f}" for i in (0, 1)]
        print_row([name, f"{theirs:.2f}", f"{ours:.2f}", f"{ratio:.2f}×", *densities])


if __name__ == "__main__":
    main()
