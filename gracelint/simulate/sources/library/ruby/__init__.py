"""What Ruby's own library does with processes, threads and signals."""

from gracelint.simulate.sources.library.ruby.language import RUBY

__all__ = ["RUBY"]
