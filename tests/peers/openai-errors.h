/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "provider-protocol.h"

/* What all of OpenAI's protocols have in common. */
const gchar *openai_key (ProviderExchange * x);
void openai_refuse (ProviderExchange * x, guint status);
