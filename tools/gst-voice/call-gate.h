/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Keeps an agent in NULL while the source in front of it plays already. */
typedef struct _CallGate CallGate;

CallGate *call_gate_new (GstElement * pipeline, GstElement * agent);
void call_gate_open (CallGate * gate);
void call_gate_free (CallGate * gate);
