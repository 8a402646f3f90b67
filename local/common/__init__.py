"""Modules that all other packages of the local run share; they import none of those packages."""
