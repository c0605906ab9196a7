"""Steps as CUDA graphs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.deep.tables import MODELS, blobs, small


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", MODELS)
def test_a_step_as_a_cuda_graph_trains_as_the_eager_one_and_predicts_on_a_cpu(name):
    X, y = blobs()
    eager, graphed = (small(name, device="cuda", cuda_graphs=on).fit(X, y) for on in (False, True))
    for weight, value in eager._weights.items():
        np.testing.assert_allclose(value, graphed._weights[weight], rtol=1e-4, atol=1e-5)
    on_gpu = graphed.transform(X)
    np.testing.assert_allclose(graphed.set_params(device="cpu").transform(X), on_gpu, rtol=1e-3, atol=1e-4)
