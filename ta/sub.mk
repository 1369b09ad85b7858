global-incdirs-y += . ../include/ta
# Order is the law: a file may use only the files above it in this list (test/lint/layers.py).
srcs-y += wire.c
srcs-y += box.c
srcs-y += identity.c
srcs-y += memory.c
srcs-y += object.c
srcs-y += line.c
srcs-y += blob.c
srcs-y += info.c
srcs-y += seal_cmd.c
srcs-y += seal_ta.c
# a switch over an enum has all of its values, and no default that would hide a new one
cflags-remove-seal_cmd.c-y += -Wswitch-default
