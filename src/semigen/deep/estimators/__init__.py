"""The deep estimators, a file for each class, and the bases that they share."""
