// Compiles pch.h once; see Rooms.cmake.
