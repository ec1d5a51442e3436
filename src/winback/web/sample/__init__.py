"""The demo's data: leads, people and refusals of a company that does not exist."""

from winback.web.sample.loading import SampleLoaded, load_sample
from winback.web.sample.reading import SampleMissingError

__all__ = ["SampleLoaded", "SampleMissingError", "load_sample"]
