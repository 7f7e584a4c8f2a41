"""Rules of building and packaging: platforms, versions, plans, manifests, archives' names, differences."""
