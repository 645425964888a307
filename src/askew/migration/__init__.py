"""From one contract to another: new vectors beside the old ones, compared, then switched in one step or not at all."""
