"""The pages of authoring, a module for each thing that is authored."""
