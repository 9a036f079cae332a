"""From the address of a site to its feeds. Pure, and safe on hostile pages."""
