"""Wiring: the only place that names concrete adapters. Heavy libraries load where they are used."""
