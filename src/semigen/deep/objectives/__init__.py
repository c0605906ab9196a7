"""The objectives: pure functions of tensors, in nats, larger is better; losses are built from them in one place."""
