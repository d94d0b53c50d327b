"""Speed and memory as ratios: what the product costs beside a raw limit measured in the same run."""
