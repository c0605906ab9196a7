"""The work behind the `semigen` command: one module per subcommand, and what they share."""
