"""What Azure takes for the administrator of Windows machines.

Sources: MicrosoftDocs/azure-aks-docs (learn/quick-windows-container-deploy-cli: at least 14 characters, Windows
Server's own policy) and the descriptions of `windowsProfile` in its API, read 2026-08-21: 20 characters, 32 reserved
names, 10 banned passwords. Which these are: the description of `osProfile` in Azure/azure-rest-api-specs compute, as
known on 2026-11-22 and not read again then.
"""

from __future__ import annotations

from typing import Final

PASSWORD_LENGTHS: Final = (14, 123)
PASSWORD_CLASSES: Final = 3
"""Of lower case, upper case, digits and other characters."""

RESERVED_NAMES: Final = frozenset(
    {
        *("1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup"),
        *("console", "david", "guest", "john", "owner", "root", "server", "sql", "support", "support_388945a0"),
        *("sys", "test", "test1", "test2", "test3", "user", "user1", "user2", "user3", "user4", "user5"),
    }
)
BANNED_PASSWORDS: Final = frozenset(
    {
        *("abc@123", "iloveyou!", "Pa$$word", "pass@word1", "Password!", "Password1", "Password22"),
        *("P@$$w0rd", "P@ssw0rd", "P@ssword123"),
    }
)
