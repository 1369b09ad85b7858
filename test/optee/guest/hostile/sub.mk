srcs-y += hostile.c
