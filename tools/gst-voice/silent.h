/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What of a call without sound is left out. */
typedef struct
{
  gboolean deaf;                /* nothing is recognised: callers write */
  guint pace;                   /* of the agent, in characters a second */
  const gchar *mocks;           /* of tools, JSON, or NULL */
} Silence;

void silence_make (GstElement * pipeline, const Silence * silence);
