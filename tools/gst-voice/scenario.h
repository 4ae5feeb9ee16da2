/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

#include <json-glib/json-glib.h>

/* A test of a persona: who calls, what the tools answer, and what is to come of
 * it. docs/evaluation.md describes the file. */
typedef struct
{
  gchar *path;                  /* of the file */
  gchar *name;
  gchar *persona;               /* as it is written, or NULL */
  JsonNode *root;               /* as the schema wants it */
} Scenario;

Scenario *scenario_load (const gchar * path, GError ** error);
Scenario *scenario_new_from_json (const gchar * text, gsize size,
    const gchar * path, GError ** error);
void scenario_free (Scenario * scenario);

gchar *scenario_script (const Scenario * scenario, gboolean audio,
    GError ** error);
gchar *scenario_mocks (const Scenario * scenario);
JsonObject *scenario_variables (const Scenario * scenario);
void scenario_check (const Scenario * scenario, const Record * record,
    GPtrArray * failures);

gchar *scenario_from_record (const Record * record, const gchar * persona,
    GError ** error);
