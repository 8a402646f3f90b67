"""What proves the speed: this project beside its peers, in one run, as ratios (`make bench`)."""
