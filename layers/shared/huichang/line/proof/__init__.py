"""What a release can prove: what it was made of, that the same comes of it again, and why it is as it is.

model        the manifest of a release, and the inputs of a rendering
recording    writes down everything a rendering reads
ingredients  hashes of what ships with the code: template, style, prompts, code
writing      gathers the manifest when a version goes live
sandbox      ports that answer from recorded inputs and change nothing
replaying    rebuilds the page from its manifest, and names the input that is missing or changed
telling      the manifest in words
"""
