// Ataque: incluye la solución, a la que llega desde las carpetas de cabeceras del kit.
// Puntos: 0
// Se ve: solutions/lab1-socket/lab1.cpp
#include "lab1.hpp"

#if __has_include("../solutions/lab1-socket/lab1.cpp")
#include "../solutions/lab1-socket/lab1.cpp"
#elif __has_include("../../solutions/lab1-socket/lab1.cpp")
#include "../../solutions/lab1-socket/lab1.cpp"
#elif __has_include("../../../solutions/lab1-socket/lab1.cpp")
#include "../../../solutions/lab1-socket/lab1.cpp"
#elif __has_include("../../../../solutions/lab1-socket/lab1.cpp")
#include "../../../../solutions/lab1-socket/lab1.cpp"
#else
#include "solutions/lab1-socket/lab1.cpp"
#endif
