"""The demonstration: an imaginary town, its people, their requests and its identity provider. Never in production."""
