"""What runs in the peers' own environments, each with its pinned requirements."""
