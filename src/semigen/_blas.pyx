# distutils: language = c++
# cython: freethreading_compatible=True
"""SciPy's BLAS and LAPACK as a table of C function pointers.

SciPy publishes the addresses of the routines it was linked with in capsules (``scipy.linalg.cython_blas`` and
``cython_lapack``). The core calls those, so that no BLAS has to be present when semigen is built.
"""
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int64_t

import scipy.linalg.cython_blas
import scipy.linalg.cython_lapack


cdef extern from "semigen/blas.hpp" namespace "semigen":
    cdef struct BlasTable:
        int integer_bytes
        void *dgemm
        void *dtrmm
        void *strmm
        void *dsyrk
        void *ssyrk
        void *dpotrf
        void *dtrtri
        void *dsyevd


ctypedef double (*Dot)(void *n, double *x, void *step_x, double *y, void *step_y) noexcept nogil

cdef BlasTable _table


cdef void *_address(module, str name, int arguments) except NULL:
    """The address of a routine, after checking that it takes that many arguments, all pointers.

    The spelling of the argument types differs between SciPy releases, so only their number and kind are compared.
    """
    capsule = module.__pyx_capi__.get(name)
    if capsule is None:
        raise ImportError(f"SciPy {scipy.__version__} does not offer {name} in {module.__name__}")
    cdef const char *signature = PyCapsule_GetName(capsule)
    text = signature.decode()
    listed = text[text.index("(") + 1:text.rindex(")")].split(",")
    if len(listed) != arguments or not all(argument.strip().endswith("*") for argument in listed):
        raise ImportError(f"SciPy {scipy.__version__} declares {name} as {text}, which semigen cannot call")
    return PyCapsule_GetPointer(capsule, signature)


cdef int _integer_bytes(void *ddot) noexcept nogil:
    """4 or 8: how wide the integers are that the library reads.

    The low half of n is 1 and the high half -1. A routine that reads four bytes sees one pair of numbers and returns
    their product; one that reads eight sees a negative count and returns zero. Neither touches other memory.
    """
    cdef int64_t n = 1 - (<int64_t>1 << 32), step = 1
    cdef double x = 2, y = 3
    return 4 if (<Dot>ddot)(&n, &x, &step, &y, &step) == 6 else 8


def table():
    """A capsule holding the table, for ``semigen._core.install_blas``."""
    blas, lapack = scipy.linalg.cython_blas, scipy.linalg.cython_lapack
    _table.dgemm = _address(blas, "dgemm", 13)
    _table.dtrmm = _address(blas, "dtrmm", 11)
    _table.strmm = _address(blas, "strmm", 11)
    _table.dsyrk = _address(blas, "dsyrk", 10)
    _table.ssyrk = _address(blas, "ssyrk", 10)
    _table.dpotrf = _address(lapack, "dpotrf", 5)
    _table.dtrtri = _address(lapack, "dtrtri", 6)
    _table.dsyevd = _address(lapack, "dsyevd", 11)
    _table.integer_bytes = _integer_bytes(_address(blas, "ddot", 5))
    return PyCapsule_New(&_table, "semigen.BlasTable", NULL)


def integer_bytes() -> int:
    """Bytes of an integer in the interface of SciPy's BLAS."""
    return _integer_bytes(_address(scipy.linalg.cython_blas, "ddot", 5))
