"""Release control: is what runs what was released?"""
