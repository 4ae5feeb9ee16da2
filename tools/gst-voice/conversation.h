/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

/* Of the document; it changes when a member changes its meaning or goes. */
#define CONVERSATION_VERSION 1

gchar *conversation_id (const Record * record);
gchar *conversation_to_json (const Record * record, const gchar * rules);
