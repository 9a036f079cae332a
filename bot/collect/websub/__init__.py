"""WebSub without a network: hubs that feeds name, signatures, leases (https://www.w3.org/TR/websub/)."""
