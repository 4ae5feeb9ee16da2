/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <stdio.h>

/* Prints the lines of a call's journal in their order, each as soon as all
 * before it are there. */
typedef struct _Lines Lines;

Lines *lines_new (FILE * out);
void lines_free (Lines * lines);
void lines_take (Lines * lines, const GstStructure * message);
void lines_finish (Lines * lines, const gchar * journal);
