/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tool.h"

G_BEGIN_DECLS

#define TOOL_MAX_STEPS 16

/* The calls of one answer of the model: it is asked again when all have their
 * results, unless one says that nothing is left to be said. */
typedef struct
{
  guint turn, speech, step;
  guint left;
  gboolean last;
} ToolStep;

/* All 0 is none. */
typedef struct
{
  ToolStep steps[TOOL_MAX_STEPS];
  guint n;
} ToolSteps;

void tool_steps_join (ToolSteps * steps, const ToolCall * call);
gboolean tool_steps_leave (ToolSteps * steps, const ToolCall * call);

G_END_DECLS
