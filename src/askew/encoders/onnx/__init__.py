"""Transformers on ONNX Runtime, without PyTorch: weights to graph, graph to session, session to vectors."""
