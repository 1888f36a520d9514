"""From characters to a folder that a LoRA trainer accepts as it is.

options      what can be asked for, validated once
selection    which frames: varied, the best first, near-duplicates once
rendering    one frame: cropped, sized, laid over its background
captions     the text beside an image
manifest     what an export wrote, with digests; what of it is still as written
items        what all layouts share
kohya, kohya_keys, diffusers, ai_toolkit
             where each trainer wants things, and that trainer's rules for reading them
preflight    read a finished folder as its trainer will
coverage     what the set shows and what it lacks, in words
lettering    names in any script on a picture
sheet        what the set shows, in pictures
outcome      the finished set, as a value that shows itself in a notebook
delivery     build aside, then swap; a person's files are never touched
export       all of it together
"""
