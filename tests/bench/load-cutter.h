/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A TCP proxy on loopback whose connections can be cut. */
typedef struct _LoadCutter LoadCutter;

LoadCutter *load_cutter_new (guint16 to);
guint16 load_cutter_port (const LoadCutter * self);
guint load_cutter_cut (LoadCutter * self);
void load_cutter_free (LoadCutter * self);
