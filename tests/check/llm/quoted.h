/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* JSON in a test: an apostrophe stands for a quotation mark. */
gchar *quoted (const gchar * text);
JsonNode *parse (const gchar * text);

/* @json says the same as @expected, in which it does so too. */
void assert_says (const gchar * json, gssize size, const gchar * expected);
