"""Fitted classifiers as ONNX graphs; needs onnx and skl2onnx, which `pip install "semigen[onnx]"` brings."""
