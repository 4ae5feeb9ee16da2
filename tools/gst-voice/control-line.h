/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call-order.h"

/* What a line on a worker's socket asks for. */
typedef struct
{
  gboolean list, health;        /* the rest is about a call */
  CallCommand command;
  gchar *call;                  /* its id or how it begins */
  gchar *text;                  /* NULL if the command has none */
} ControlLine;

gboolean control_line_parse (ControlLine * line, const gchar * json,
    gsize length, GError ** error);
void control_line_clear (ControlLine * line);
