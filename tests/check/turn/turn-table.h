/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-words.h"

/* How the scenarios of docs/turn-taking.md are run. Times are milliseconds. */
typedef struct
{
  const gchar *name;            /* of the tests */
  TurnWords *words;
  gint64 until;                 /* the end of every scenario */
  gint64 tolerance;             /* of times */
  /* which rows; NULL: all */
  gboolean (*wants) (const gchar * number, const gchar * input);
} TurnTable;

void turn_table_add (const TurnTable * table);
