"""The trainer of every deep model: rows on the device, steps, checkpoints, progress. It knows no model by name."""
