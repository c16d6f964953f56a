"""The public form of a bundle: declared personal fields withheld, every proof kept."""
