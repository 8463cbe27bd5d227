"""Style presets: designers' packages, matched to a theme by its occasion, its words and what its products are.

`model` is what others keep and pass on; `packages` reads style_presets/; `matching` chooses; `prompting` speaks to the image model.
"""
