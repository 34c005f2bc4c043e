"""Faults, as they happen: processes killed, disks full, files damaged. Real processes on files of their own."""
