"""One reader a format of coverage report: `claims` says whether bytes are one, `parse` makes data of them."""
