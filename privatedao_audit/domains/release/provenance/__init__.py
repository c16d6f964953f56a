"""What ties source to binary: operator, interface, security contact, builds."""
