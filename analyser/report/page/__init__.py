"""What the HTML page is made of: the frame that all pages share, the packing of the calls, the charts."""
